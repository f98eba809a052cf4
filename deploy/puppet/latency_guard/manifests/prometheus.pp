# @summary On the host of Prometheus: a folder with one file per exporter, and no other.
#
# file_sd_configs: [{files: [/etc/prometheus/file_sd/latency-guard/*.yml]}]
#
# @param ensure absent removes the folder
# @param folder of ours alone: files that nobody exports (any more) are removed
# @param puppetdb collects what hosts export
# @param targets beside those, or without PuppetDB: name => {address => host:port, labels => {…}}
class latency_guard::prometheus (
  Enum['present', 'absent'] $ensure,
  Pattern[/\A\/\S+\z/] $folder,
  Boolean $puppetdb,
  Hash[Pattern[/\A[\w.-]+\z/], Hash] $targets,
) {
  if $ensure == 'absent' {
    file { $folder:
      ensure => absent,
      force  => true,
    }
  } else {
    file { $folder:
      ensure  => directory,
      recurse => true,
      purge   => true,
      mode    => '0755',
    }
    create_resources('latency_guard::target', $targets)
    if $puppetdb {
      Latency_guard::Target <<| |>>
    }
  }
}
