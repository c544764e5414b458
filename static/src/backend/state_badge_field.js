import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {BadgeField, badgeField} from "@web/views/fields/badge/badge_field";
import {NO_COLOR, STATE_COLORS, TEXT_COLOR} from "./state_colors";

/** A badge in the color that its state has everywhere. */
export class StateBadgeField extends BadgeField {
    static template = "website_sale_order_handling.StateBadgeField";

    get style() {
        const color = STATE_COLORS[this.props.record.data[this.props.name]] || NO_COLOR;
        return `background-color: ${color}; color: ${TEXT_COLOR}`;
    }
}

registry.category("fields").add("state_badge", {
    ...badgeField,
    component: StateBadgeField,
    displayName: _t("Badge of a State"),
    supportedTypes: ["selection"],
});
