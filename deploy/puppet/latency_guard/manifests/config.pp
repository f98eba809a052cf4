# @summary exporter.yml and flags. What the exporter refuses does not replace what works.
# @api private
class latency_guard::config {
  file { '/etc/latency-guard/exporter.yml':
    ensure       => file,
    mode         => '0644',
    content      => epp('latency_guard/exporter.yml.epp', { config => $latency_guard::exporter_config }),
    validate_cmd => '/opt/latency-guard/bin/guard-exporter --config.check --config.file=%',
  }
  file { '/etc/default/latency-guard-exporter':
    ensure  => file,
    mode    => '0644',
    content => epp('latency_guard/default.epp', { flags => $latency_guard::exporter_flags }),
  }
}
