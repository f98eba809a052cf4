# Sets a limit of a running service until the next boot:
# node['remediation']['limit'] = { 'unit' => 'batch.service', 'property' => 'CPUQuota', 'value' => '50%' }
PROPERTIES = %w(CPUQuota CPUWeight MemoryHigh MemoryMax IOWeight TasksMax).freeze unless defined?(PROPERTIES)
limit = node.read('remediation', 'limit') || {}
unit, property, value = %w(unit property value).map { |key| limit[key].to_s }
known = unit.match?(/\A[A-Za-z0-9_.@-]+\z/) && PROPERTIES.include?(property) && value.match?(/\A[0-9]*[KMGT%]?\z/)
raise "remediation.limit needs unit, property (#{PROPERTIES.join(', ')}) and value" unless known

execute "#{unit} #{property}=#{value}" do
  command ['systemctl', 'set-property', '--runtime', '--', unit, "#{property}=#{value}"]
  not_if "systemctl show --property=#{property} #{unit} | grep -qxF '#{property}=#{value}'"
end
