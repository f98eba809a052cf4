# Restarts one service: node['remediation']['unit'] = 'shop.service'
unit = node.read('remediation', 'unit').to_s
raise 'remediation.unit has to be the name of a systemd unit' unless unit.match?(/\A[A-Za-z0-9_.@-]+\z/)

service unit do
  action :restart
end
