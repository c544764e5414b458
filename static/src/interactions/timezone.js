/** Return the name of the browser's time zone, "" when it does not tell. */
export function getTimezone() {
    try {
        return Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    } catch {
        return "";
    }
}
