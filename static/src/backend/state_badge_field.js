import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {BadgeField, badgeField} from "@web/views/fields/badge/badge_field";
import {stateStyle} from "./state_colors";

/** A badge in the color that its state has everywhere. */
export class StateBadgeField extends BadgeField {
    static template = "website_sale_order_handling.StateBadgeField";

    get style() {
        return stateStyle(this.props.record.data[this.props.name]);
    }
}

registry.category("fields").add("state_badge", {
    ...badgeField,
    component: StateBadgeField,
    displayName: _t("Badge of a State"),
    supportedTypes: ["selection"],
});
