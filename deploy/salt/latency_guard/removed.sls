# Removes the exporter with configuration and user. Its target goes with the next run of latency_guard.prometheus.
latency_guard_removed:
  pkg.purged:
    - name: latency-guard
