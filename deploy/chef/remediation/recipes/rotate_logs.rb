# Rotates by a configuration of logrotate, now: node['remediation']['config'] = '/etc/logrotate.d/shop'
config = node.read('remediation', 'config').to_s
unless config.match?(%r{\A/etc/logrotate\.(conf|d/[A-Za-z0-9_.-]+)\z})
  raise 'remediation.config has to be a file of /etc/logrotate.d'
end

execute "rotate #{config}" do
  command ['logrotate', '--force', config]
  only_if "logrotate --debug #{config}"
end
