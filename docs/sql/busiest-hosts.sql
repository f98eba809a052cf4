-- The 20 busiest hosts of the last day by the 95th percentile of their minutes, with their busiest hour (UTC).
WITH usage AS (
  SELECT * FROM host_usage WHERE time > now() - interval '1 day'
), hourly AS (
  SELECT host_id, date_trunc('hour', time - interval '1 minute', 'UTC') AS hour, avg(cpu_used_ratio) AS cpu,
         row_number() OVER (PARTITION BY host_id ORDER BY avg(cpu_used_ratio) DESC NULLS LAST) AS place
  FROM usage GROUP BY 1, 2
)
SELECT h.job, h.instance,
       round((percentile_cont(0.95) WITHIN GROUP (ORDER BY u.cpu_used_ratio))::numeric, 3) AS p95_cpu_used_ratio,
       round((percentile_cont(0.95) WITHIN GROUP (ORDER BY u.memory_used_ratio))::numeric, 3) AS p95_memory_used_ratio,
       max(b.hour) AS busiest_hour, round(max(b.cpu)::numeric, 3) AS its_mean_cpu
FROM usage u JOIN hosts h USING (host_id) JOIN hourly b ON b.host_id = u.host_id AND b.place = 1
GROUP BY h.job, h.instance
ORDER BY p95_cpu_used_ratio DESC NULLS LAST
LIMIT 20;
