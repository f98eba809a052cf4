# Installs the exporter, configures it and lets it run. Removal: latency_guard.removed
{% from 'latency_guard/map.jinja' import guard with context %}

latency_guard_package:
  pkg.installed:
{% if guard.package %}
    - sources:
      - latency-guard: {{ guard.package }}
    - refresh: false
{% else %}
    - name: latency-guard
{% if guard.version %}
    - version: '{{ guard.version }}'
{% endif %}
{% endif %}

# A configuration that the exporter refuses does not replace the one that works.
latency_guard_config:
  file.managed:
    - name: /etc/latency-guard/exporter.yml
    - source: salt://latency_guard/files/exporter.yml.jinja
    - template: jinja
    - context: {{ {'config': guard.exporter.config} | json }}
    - mode: '0644'
    - check_cmd: /opt/latency-guard/bin/guard-exporter --config.check --config.file
    - require:
      - pkg: latency_guard_package

latency_guard_flags:
  file.managed:
    - name: /etc/default/latency-guard-exporter
    - source: salt://latency_guard/files/default.jinja
    - template: jinja
    - context: {{ {'flags': guard.exporter.flags} | json }}
    - mode: '0644'
    - require:
      - pkg: latency_guard_package

{% if guard.manage_service %}
latency_guard_service:
  service.running:
    - name: latency-guard-exporter
    - enable: true
    - watch:
      - pkg: latency_guard_package
      - file: latency_guard_flags

# The counters go on over a reload.
latency_guard_reload:
  service.running:
    - name: latency-guard-exporter
    - reload: true
    - watch:
      - file: latency_guard_config
    - require:
      - service: latency_guard_service
{% endif %}
