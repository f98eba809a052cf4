# For `puppet apply`: the configuration comes from Hiera, latency_guard::remediation::config.
$config = lookup('latency_guard::remediation::config', Pattern[/\A\/etc\/logrotate\.(conf|d\/[A-Za-z0-9_.-]+)\z/])

exec { "rotate ${config}":
  command => ['logrotate', '--force', $config],
  onlyif  => [['logrotate', '--debug', $config]],
  path    => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
}
