# Every attribute and its default.

# The Debian package: an https URL or a path on the node. nil: from an apt repository of yours.
default['latency_guard']['package'] = nil
# sha256 of the file, when it comes from a URL.
default['latency_guard']['package_sha256'] = nil
# Of the package; nil for whatever an apt repository has. With a file it is the version in it.
default['latency_guard']['version'] = nil

# exporter.yml; every key is optional. The exporter checks it before it takes effect.
default['latency_guard']['exporter']['config'] = {}
# Such as --web.config.file=/etc/latency-guard/web.yml
default['latency_guard']['exporter']['flags'] = []
# false where no systemd runs: in a chroot, or while an image is built.
default['latency_guard']['manage_service'] = true

# How Prometheus reaches this node; nil: its fqdn and 10910.
default['latency_guard']['address'] = nil
default['latency_guard']['labels'] = {}

# latency_guard::prometheus, on the node that runs Prometheus:
# file_sd_configs: [{files: [/etc/prometheus/file_sd/latency-guard*.yml]}]
default['latency_guard']['prometheus']['file'] = '/etc/prometheus/file_sd/latency-guard.yml'
# Which nodes are scraped. Removed ones (recipe latency_guard::remove) are no longer found.
default['latency_guard']['prometheus']['query'] = 'recipes:latency_guard OR recipes:latency_guard\:\:default'
# Beside those, or without a Chef server: name => host:port
default['latency_guard']['prometheus']['targets'] = {}
