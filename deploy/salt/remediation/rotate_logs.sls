# Rotates by a configuration of logrotate, now: state.apply remediation.rotate_logs pillar='{"config": "/etc/logrotate.d/shop"}'
{% set config = salt['pillar.get']('config', '') | string %}

{% if config | regex_match('^(/etc/logrotate\.(conf|d/[A-Za-z0-9_.-]+))$') %}
rotate_logs:
  cmd.run:
    - name: logrotate --force {{ config }}
    - onlyif: logrotate --debug {{ config }}
{% else %}
rotate_logs:
  test.fail_without_changes:
    - name: the pillar `config` has to be a file of /etc/logrotate.d
{% endif %}
