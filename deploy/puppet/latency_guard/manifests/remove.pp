# @summary Nothing is left. A target that is no longer exported goes from Prometheus with its next run.
# @api private
class latency_guard::remove {
  package { 'latency-guard':
    ensure   => purged,
    provider => dpkg,
  }
  file { $latency_guard::package_file:
    ensure => absent,
  }
}
