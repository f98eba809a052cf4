-- Every host in steps of five minutes, over the last day: means of the minutes that are there, and how many those are.
SELECT h.job, h.instance,
       date_bin('5 minutes', u.time - interval '1 minute', timestamptz '2000-01-01') AS five_minutes,
       count(*) AS minutes,
       round(avg(u.cpu_used_ratio)::numeric, 4) AS cpu_used_ratio,
       round(avg(u.memory_used_ratio)::numeric, 4) AS memory_used_ratio,
       round(avg(u.load1)::numeric, 2) AS load1,
       round(avg(u.disk_busy_ratio)::numeric, 4) AS disk_busy_ratio,
       round(avg(u.network_received_bytes_per_second)) AS network_received_bytes_per_second,
       round(avg(u.network_transmitted_bytes_per_second)) AS network_transmitted_bytes_per_second,
       round(avg(u.ping_rtt_seconds)::numeric, 6) AS ping_rtt_seconds
FROM host_usage u JOIN hosts h USING (host_id)
WHERE u.time > now() - interval '1 day'
GROUP BY h.job, h.instance, five_minutes
ORDER BY h.job, h.instance, five_minutes;
