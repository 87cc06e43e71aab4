const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function isLeapYear(year) {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** `month` counts from 1. */
export function daysInMonth(year, month) {
  if (month < 1 || month > 12) throw new RangeError(`no month ${month}`);
  return month === 2 && isLeapYear(year) ? 29 : DAYS[month - 1];
}

/** Number of the day in its year, from 1. */
export function dayOfYear(year, month, day) {
  let days = day;
  for (let m = 1; m < month; m++) days += daysInMonth(year, m);
  return days;
}
