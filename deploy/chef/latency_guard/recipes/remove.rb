# Removes the exporter with configuration and user. Take latency_guard::default out of the run list too.
dpkg_package 'latency-guard' do
  action :purge
end

file ::File.join(Chef::Config[:file_cache_path], 'latency-guard.deb') do
  action :delete
end
