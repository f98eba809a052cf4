# For `puppet apply`: the name of the service comes from Hiera, latency_guard::remediation::unit.
$unit = lookup('latency_guard::remediation::unit', Pattern[/\A[A-Za-z0-9_.@-]+\z/])

exec { "restart ${unit}":
  command => ['systemctl', 'restart', '--', $unit],
  path    => ['/usr/bin', '/bin'],
}
