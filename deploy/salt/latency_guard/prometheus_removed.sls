# On the host of Prometheus: no target file any more.
{% from 'latency_guard/map.jinja' import guard with context %}

latency_guard_targets_removed:
  file.absent:
    - name: {{ guard.prometheus.file }}
