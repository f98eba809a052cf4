# Installs the exporter, configures it and lets it run. Removal: latency_guard::remove
guard = node['latency_guard']
package_file = guard['package']

if package_file&.match?(%r{\Ahttps?://})
  raise 'latency_guard.package_sha256 is needed with a URL: SHA256SUMS has it' unless guard['package_sha256']

  package_file = ::File.join(Chef::Config[:file_cache_path], 'latency-guard.deb')
  remote_file package_file do
    source guard['package']
    checksum guard['package_sha256']
    mode '0644'
  end
end

if package_file
  dpkg_package 'latency-guard' do
    source package_file
    version guard['version'] if guard['version']
    options '--force-confold'
    action guard['version'] ? :install : :upgrade
    notifies :restart, 'service[latency-guard-exporter]' if guard['manage_service']
  end
else
  apt_package 'latency-guard' do
    version guard['version'] if guard['version']
    notifies :restart, 'service[latency-guard-exporter]' if guard['manage_service']
  end
end

template '/etc/latency-guard/exporter.yml' do
  source 'exporter.yml.erb'
  mode '0644'
  variables(config: guard['exporter']['config'].to_hash)
  # A configuration that the exporter refuses does not replace the one that works.
  verify '/opt/latency-guard/bin/guard-exporter --config.check --config.file=%{path}'
  notifies :reload, 'service[latency-guard-exporter]' if guard['manage_service']
end

template '/etc/default/latency-guard-exporter' do
  source 'default.erb'
  mode '0644'
  variables(flags: guard['exporter']['flags'].to_a)
  notifies :restart, 'service[latency-guard-exporter]' if guard['manage_service']
end

service 'latency-guard-exporter' do
  supports reload: true, restart: true, status: true
  action [:enable, :start]
  only_if { guard['manage_service'] }
end
