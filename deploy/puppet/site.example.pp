# What a node takes, with Hiera for the rest:
#   latency_guard::package_source: puppet:///modules/site/latency-guard_0.1.0_amd64.deb
#   latency_guard::exporter_config: {process: {tags: {team: shop}}}
node default {
  include latency_guard
}

node 'prometheus.example' {
  include latency_guard
  include latency_guard::prometheus
}
