# @summary Runs the exporter, also after a boot; its counters go on over a change of its configuration.
# @api private
class latency_guard::service {
  service { 'latency-guard-exporter':
    ensure    => running,
    enable    => true,
    subscribe => File['/etc/default/latency-guard-exporter'],
  }
  -> exec { 'latency_guard reload':
    command     => 'systemctl reload latency-guard-exporter.service',
    path        => ['/usr/bin', '/bin'],
    refreshonly => true,
    subscribe   => File['/etc/latency-guard/exporter.yml'],
  }
}
