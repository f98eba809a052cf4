# For `puppet apply`: the folder comes from Hiera, latency_guard::remediation::path. The folder itself stays.
$folder = lookup(
  'latency_guard::remediation::path',
  Pattern[/\A\/var\/(cache|tmp)\/[A-Za-z0-9_-][A-Za-z0-9_.-]*\z/],
)

file { $folder:
  ensure  => directory,
  recurse => true,
  purge   => true,
  force   => true,
  backup  => false,
}
