# On the node that runs Prometheus: no target file any more.
file node['latency_guard']['prometheus']['file'] do
  action :delete
end
