/**
 * One color for each state, wherever it is shown: in lists, on cards and forms, and in graphs.
 *
 * From Odoo's own palette for graphs. Dark text can be read on each of them.
 */
const BLUE = "#4ea7f2";
const LIGHT_BLUE = "#b5d9fa";
const TEAL = "#43c5b1";
const LIGHT_TEAL = "#b4e8e0";
const DARK_TEAL = "#00a78d";
const PURPLE = "#a19fe6";
const ORANGE = "#f4a261";
const RED = "#ea6175";
const YELLOW = "#ffd86d";
const GRAY = "#a4a8b6";
const LIGHT_GRAY = "#dcdee4";

export const TEXT_COLOR = "#111827";
export const NO_COLOR = LIGHT_GRAY;

export const STATE_COLORS = {
    // An unfinished order.
    open: BLUE,
    recovered: TEAL,
    own_accord: PURPLE,
    emptied: LIGHT_GRAY,
    expired: GRAY,
    // A message.
    waiting: LIGHT_BLUE,
    sending: BLUE,
    sent: LIGHT_TEAL,
    delivered: TEAL,
    clicked: DARK_TEAL,
    bounced: ORANGE,
    failed: RED,
    skipped: LIGHT_GRAY,
    uncertain: YELLOW,
    // An attempt, where it is none of these.
    seen: DARK_TEAL,
    taken_back: LIGHT_GRAY,
    // What earned an order, where it is none of the above.
    coupon: TEAL,
    assisted: LIGHT_TEAL,
};

/** How a badge of a state looks. */
export function stateStyle(state) {
    return `background-color: ${STATE_COLORS[state] || NO_COLOR}; color: ${TEXT_COLOR}`;
}

/** The fields whose values these are. */
export const STATE_FIELDS = ["state", "credit"];
