// Hours since the start as dates in the case's own time zone, and places in lists of hours.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A local date and time, such as "28 Nov 06:00"; `start` is ISO 8601 with a zone. */
export function moment(start, hour) {
  const at = local(start, hour);
  const two = (number) => String(number).padStart(2, "0");
  return `${dateOf(at)} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** The date alone. */
export function date(start, hour) {
  return dateOf(local(start, hour));
}

/** The index of the last of ascending `hours` that is not after `hour`; 0 before the first. */
export function indexAt(hours, hour) {
  let low = 0;
  let high = hours.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (hours[middle] <= hour) low = middle;
    else high = middle;
  }
  return low;
}

/** A Date whose UTC fields read as the local time there, whatever zone the reader is in. */
function local(start, hour) {
  const zone = /([+-])(\d\d):(\d\d)$/.exec(start);
  const ahead = zone ? Number(`${zone[1]}1`) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
  return new Date(Date.parse(start) + hour * 3600e3 + ahead * 60e3);
}

function dateOf(at) {
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
}
