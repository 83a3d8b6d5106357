/** Numbers, times and hashes as the page writes them. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { year: 'numeric', month: '2-digit', day: '2-digit' });

export function formatNumber(value: number): string {
  return whole.format(value);
}

export function formatClock(ms: number): string {
  return clock.format(ms);
}

export function formatMs(ms: number): string {
  return ms >= 1000 ? `${short.format(ms / 1000)} s` : `${short.format(ms)} ms`;
}

export function formatRate(perSecond: number): string {
  return `${short.format(perSecond)}/s`;
}

/** The time alone when it is today, else the day before it. */
export function formatTime(ms: number, nowMs: number): string {
  const time = clock.format(ms);
  return day.format(ms) === day.format(nowMs) ? time : `${isoDay(ms)} ${time}`;
}

export function isoDay(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function formatAgo(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

export function shortHash(hash: string, digits = 10): string {
  return hash.slice(0, digits);
}
