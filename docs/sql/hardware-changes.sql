-- What has changed on which host: the row before and the row after, newest first.
SELECT h.job, h.instance, new.valid_from AS changed,
       old.kernel AS kernel_before, new.kernel AS kernel_after,
       old.cpus AS cpus_before, new.cpus AS cpus_after,
       old.memory_bytes AS memory_before, new.memory_bytes AS memory_after,
       old.disk_bytes AS disk_before, new.disk_bytes AS disk_after
FROM host_info new
JOIN host_info old ON old.host_id = new.host_id AND old.valid_to = new.valid_from
JOIN hosts h ON h.host_id = new.host_id
ORDER BY changed DESC, h.job, h.instance;
