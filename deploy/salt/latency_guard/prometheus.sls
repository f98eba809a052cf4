# On the host of Prometheus: one target file with every minion that tells its address in the mine (pillar.example).
{% from 'latency_guard/map.jinja' import guard with context %}
{% set mined = salt['mine.get'](guard.prometheus.minions, 'latency_guard_target') %}
{% set targets = dict(guard.prometheus.targets) %}
{% for minion, address in mined.items() %}
{% do targets.update({minion: address if ':' in address | string else address ~ ':10910'}) %}
{% endfor %}

latency_guard_targets:
  file.managed:
    - name: {{ guard.prometheus.file }}
    - source: salt://latency_guard/files/targets.yml.jinja
    - template: jinja
    - context: {{ {'targets': targets, 'labels': guard.prometheus.labels} | json }}
    - makedirs: true
    - mode: '0644'
