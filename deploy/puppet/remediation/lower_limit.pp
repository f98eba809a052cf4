# For `puppet apply`: unit, property and value come from Hiera, latency_guard::remediation::limit. It holds until the next boot.
$limit = lookup('latency_guard::remediation::limit', Struct[{
      unit     => Pattern[/\A[A-Za-z0-9_.@-]+\z/],
      property => Enum['CPUQuota', 'CPUWeight', 'MemoryHigh', 'MemoryMax', 'IOWeight', 'TasksMax'],
      value    => Pattern[/\A[0-9]*[KMGT%]?\z/],
}])
$setting = "${limit['property']}=${limit['value']}"

exec { "${limit['unit']} ${setting}":
  command => ['systemctl', 'set-property', '--runtime', '--', $limit['unit'], $setting],
  unless  => "systemctl show --property=${limit['property']} ${limit['unit']} | grep -qxF '${setting}'",
  path    => ['/usr/bin', '/bin'],
}
