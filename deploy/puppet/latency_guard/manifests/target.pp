# @summary One file for file_sd_configs, on the host of Prometheus.
#
# @param address host:port
# @param labels of the target
define latency_guard::target (
  Pattern[/\A\S+:\d+\z/] $address,
  Hash[String, String] $labels = {},
) {
  file { "${latency_guard::prometheus::folder}/${title}.yml":
    ensure  => file,
    mode    => '0644',
    content => epp('latency_guard/target.yml.epp', { address => $address, labels => $labels }),
  }
}
