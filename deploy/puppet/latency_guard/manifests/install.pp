# @summary The package, from a file or from an apt repository.
# @api private
class latency_guard::install {
  if $latency_guard::package_source {
    file { $latency_guard::package_file:
      ensure         => file,
      source         => $latency_guard::package_source,
      checksum       => 'sha256',
      checksum_value => $latency_guard::package_sha256,
      mode           => '0644',
    }
    -> package { 'latency-guard':
      ensure   => latest,
      provider => dpkg,
      source   => $latency_guard::package_file,
    }
  } else {
    package { 'latency-guard':
      ensure => $latency_guard::version,
    }
  }
}
