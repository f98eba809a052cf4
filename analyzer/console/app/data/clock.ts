// The time of now as state, so that "3 min ago" moves on.
import { useEffect, useState } from 'react';

/** Unix seconds, renewed every `everySeconds`. */
export function useNow(everySeconds = 5): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), everySeconds * 1000);
    return () => clearInterval(timer);
  }, [everySeconds]);
  return now;
}
