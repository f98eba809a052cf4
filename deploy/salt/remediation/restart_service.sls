# Restarts one service: state.apply remediation.restart_service pillar='{"unit": "shop.service"}'
{% set unit = salt['pillar.get']('unit', '') | string %}

{% if unit | regex_match('^([A-Za-z0-9_.@-]+)$') %}
restart_service:
  module.run:
    - service.restart:
      - name: {{ unit | json }}
{% else %}
restart_service:
  test.fail_without_changes:
    - name: the pillar `unit` has to be the name of a systemd unit
{% endif %}
