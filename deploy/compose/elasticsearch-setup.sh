#!/bin/sh
# Gives Kibana its password, and Filebeat a user that may write our logs and nothing else. Run once by compose.yml; repeating it is harmless.
set -eu
: "${ELASTIC_PASSWORD:?set GUARD_ELASTIC_PASSWORD in the environment or in .env, six characters or more}"
: "${ELASTICSEARCH_URL:=http://elasticsearch:9200}"

# The password reaches curl by standard input: arguments are visible to every user of the host.
put() {
  path=$1
  body=$2
  printf 'user = "elastic:%s"\n' "$ELASTIC_PASSWORD" | curl --config - --silent --show-error --fail-with-body \
    --max-time 30 --retry 10 --retry-connrefused --retry-delay 3 \
    --request PUT --header 'Content-Type: application/json' --data "$body" "$ELASTICSEARCH_URL$path"
  echo
}

case $ELASTIC_PASSWORD in
  *[!A-Za-z0-9._-]*) echo "GUARD_ELASTIC_PASSWORD may have letters, digits, dots, underscores and dashes" >&2; exit 1 ;;
esac

put /_security/user/kibana_system/_password "{\"password\": \"$ELASTIC_PASSWORD\"}"
put /_security/role/latency_guard_logs '{
  "cluster": ["monitor", "manage_index_templates"],
  "indices": [{"names": ["latency-guard-logs*"], "privileges": ["auto_configure", "create_doc", "create_index", "view_index_metadata"]}]
}'
put /_security/user/latency_guard_logs "{\"password\": \"$ELASTIC_PASSWORD\", \"roles\": [\"latency_guard_logs\"]}"
