# @summary Installs the exporter of Latency Guard, configures it, lets it run, and registers it with Prometheus.
#
# @param ensure absent removes agent, configuration, user and registration
# @param package_source the Debian package: puppet:///…, https://… or a path; without it from an apt repository of yours
# @param package_sha256 of that file, as SHA256SUMS has it
# @param package_file where the file is kept on the host
# @param version from an apt repository: a version, installed or latest
# @param manage_service false where no systemd runs: in a chroot, or while an image is built
# @param exporter_config exporter.yml; the exporter checks it before it takes effect
# @param exporter_flags such as --web.config.file=/etc/latency-guard/web.yml
# @param register exports the target; latency_guard::prometheus collects it through PuppetDB
# @param address how Prometheus reaches this host
# @param labels of the target
class latency_guard (
  Enum['present', 'absent'] $ensure,
  Optional[String[1]] $package_source,
  Optional[Pattern[/\A[0-9a-f]{64}\z/]] $package_sha256,
  Pattern[/\A\/\S+\z/] $package_file,
  String[1] $version,
  Boolean $manage_service,
  Hash[String, Data] $exporter_config,
  Array[Pattern[/\A--\S+\z/]] $exporter_flags,
  Boolean $register,
  Pattern[/\A\S+:\d+\z/] $address,
  Hash[String, String] $labels,
) {
  if $ensure == 'absent' {
    contain latency_guard::remove
  } else {
    contain latency_guard::install
    contain latency_guard::config
    Class['latency_guard::install'] -> Class['latency_guard::config']

    if $manage_service {
      contain latency_guard::service
      Class['latency_guard::install'] ~> Class['latency_guard::service']
      Class['latency_guard::config'] -> Class['latency_guard::service']
    }
    if $register {
      @@latency_guard::target { $facts['networking']['fqdn']:
        address => $address,
        labels  => $labels,
      }
    }
  }
}
