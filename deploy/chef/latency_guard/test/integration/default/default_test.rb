# InSpec, run by `kitchen verify`.
describe service('latency-guard-exporter') do
  it { should be_enabled }
  it { should be_running }
end

describe http('http://127.0.0.1:10910/metrics') do
  its('status') { should eq 200 }
  its('body') { should match(/^guard_exporter_tags_info\{team="shop"\} 1$/) }
end

describe yaml('/etc/prometheus/file_sd/latency-guard.yml') do
  its([0, 'targets']) { should eq ['10.0.0.11:10910'] }
end
