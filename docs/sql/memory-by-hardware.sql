-- Memory by class of hardware over the last day: what the hosts have, and what they use of it at most times and at worst.
SELECT i.cpu_model, i.cpus, round(i.memory_bytes / 1073741824.0, 1) AS memory_gib,
       count(DISTINCT i.host_id) AS hosts,
       round(avg(u.memory_used_ratio)::numeric, 3) AS mean_used_ratio,
       round((percentile_cont(0.95) WITHIN GROUP (ORDER BY u.memory_used_ratio))::numeric, 3) AS p95_used_ratio,
       round(max(u.memory_used_bytes)::numeric / 1073741824, 1) AS most_used_gib
FROM host_info i
JOIN host_usage u ON u.host_id = i.host_id AND u.time >= i.valid_from AND (i.valid_to IS NULL OR u.time < i.valid_to)
WHERE u.time > now() - interval '1 day'
GROUP BY i.cpu_model, i.cpus, round(i.memory_bytes / 1073741824.0, 1)
ORDER BY hosts DESC, memory_gib DESC;
