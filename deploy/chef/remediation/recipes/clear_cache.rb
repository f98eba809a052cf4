# Empties a folder below /var/cache or /var/tmp: node['remediation']['path'] = '/var/cache/shop'
path = node.read('remediation', 'path').to_s
unless path.match?(%r{\A/var/(cache|tmp)/[A-Za-z0-9_-][A-Za-z0-9_.-]*\z})
  raise 'remediation.path has to be a folder below /var/cache or /var/tmp'
end

execute "empty #{path}" do
  command ['find', path, '-mindepth', '1', '-xdev', '-delete']
  only_if { ::Dir.exist?(path) && !::Dir.empty?(path) }
end
