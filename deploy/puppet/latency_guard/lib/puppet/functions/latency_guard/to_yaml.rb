# frozen_string_literal: true

require 'yaml'

# YAML of a value, without the line that opens a document. Puppet itself has no such function, and one is no reason for stdlib.
Puppet::Functions.create_function(:'latency_guard::to_yaml') do
  dispatch :to_yaml do
    param 'Data', :value
    return_type 'String'
  end

  def to_yaml(value)
    value.to_yaml.delete_prefix("---\n").delete_prefix('--- ')
  end
end
