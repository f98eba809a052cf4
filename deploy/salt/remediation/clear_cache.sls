# Empties a folder below /var/cache or /var/tmp: state.apply remediation.clear_cache pillar='{"path": "/var/cache/shop"}'
{% set path = salt['pillar.get']('path', '') | string %}

{% if path | regex_match('^(/var/(cache|tmp)/[A-Za-z0-9_./-]+)$') and '..' not in path %}
clear_cache:
  file.directory:
    - name: {{ path | json }}
    - clean: true
    - makedirs: false
    - onlyif: test -d {{ path | json }}
{% else %}
clear_cache:
  test.fail_without_changes:
    - name: the pillar `path` has to be a folder below /var/cache or /var/tmp
{% endif %}
