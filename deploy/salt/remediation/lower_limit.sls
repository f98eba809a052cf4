# Sets a limit of a running service until the next boot:
# state.apply remediation.lower_limit pillar='{"unit": "batch.service", "property": "CPUQuota", "value": "50%"}'
{% set unit = salt['pillar.get']('unit', '') | string %}
{% set property = salt['pillar.get']('property', '') | string %}
{% set value = salt['pillar.get']('value', '') | string %}
{% set known = ['CPUQuota', 'CPUWeight', 'MemoryHigh', 'MemoryMax', 'IOWeight', 'TasksMax'] %}

{% if unit | regex_match('^([A-Za-z0-9_.@-]+)$') and property in known and value | regex_match('^([0-9]*[KMGT%]?)$') %}
lower_limit:
  cmd.run:
    - name: systemctl set-property --runtime {{ unit }} {{ property }}={{ value }}
    - unless: test "$(systemctl show --property={{ property }} {{ unit }})" = '{{ property }}={{ value }}'
{% else %}
lower_limit:
  test.fail_without_changes:
    - name: unit, property ({{ known | join(', ') }}) and value (a number with K, M, G, T or %) are needed
{% endif %}
