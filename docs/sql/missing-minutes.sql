-- Failures of the last week: stretches in which a host was not there, longest first. Only minutes count in which other hosts of the
-- same exporter were seen: in the others nobody looked, or Prometheus itself was down, and nothing is known.
-- A host that was away when it was seen last is told once, with gone = true.
WITH expected AS (
  SELECT h.host_id, m.time, row_number() OVER (PARTITION BY h.host_id ORDER BY m.time) AS position
  FROM hosts h JOIN inventory_minutes m ON m.source = h.source
  WHERE m.time > now() - interval '7 days' AND m.time >= h.first_seen
), missing AS (
  SELECT e.host_id, e.time,
         e.position - row_number() OVER (PARTITION BY e.host_id ORDER BY e.time) AS stretch
  FROM expected e
  WHERE NOT EXISTS (SELECT FROM host_usage u WHERE u.host_id = e.host_id AND u.time = e.time)
)
SELECT h.job, h.instance, min(m.time) - interval '1 minute' AS since, max(m.time) AS until, count(*) AS minutes,
       max(m.time) > h.last_seen AS gone
FROM missing m JOIN hosts h USING (host_id)
GROUP BY h.job, h.instance, h.last_seen, m.host_id, m.stretch
ORDER BY minutes DESC, h.job, h.instance, since;
