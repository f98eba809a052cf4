# On the node that runs Prometheus: one target file with every node that has the exporter. Gone ones go with the next run.
settings = node['latency_guard']['prometheus']
found = Chef::Config[:solo_legacy_mode] || Chef::Config[:local_mode] ? [] : search(:node, settings['query'])

targets = settings['targets'].to_hash.transform_values { |address| { 'address' => address, 'labels' => {} } }
found.each do |one|
  guard = one['latency_guard'] || {}
  address = guard['address'] || "#{one['fqdn'] || one.name}:10910"
  targets[one.name] = { 'address' => address, 'labels' => (guard['labels'] || {}).to_hash }
end

directory ::File.dirname(settings['file']) do
  recursive true
  mode '0755'
end

template settings['file'] do
  source 'targets.yml.erb'
  mode '0644'
  variables(targets: targets)
end
