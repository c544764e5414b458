import {Component, useState} from "@odoo/owl";
import {deserializeDateTime, formatDate, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formatMonetary} from "@web/views/fields/formatters";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** A part of what the page shows beside its fields; all parts come in one value. */
class PagePart extends Component {
    static props = {...standardFieldProps};

    get page() {
        return this.props.record.data[this.props.name] || {};
    }

    money(amount, currencyId) {
        return formatMonetary(amount, {currencyId});
    }
}

/** How far the buyer got: cart, address, delivery, payment. */
export class UnfinishedProgressField extends PagePart {
    static template = "website_sale_order_handling.UnfinishedProgressField";

    get steps() {
        return this.page.progress || [];
    }

    stepClass(step) {
        if (step.failed) {
            return "o_failed text-danger";
        }
        return step.done ? "o_done" : "text-muted";
    }
}

/** What the cart costs, with discounts, delivery and tax. */
export class UnfinishedTotalsField extends PagePart {
    static template = "website_sale_order_handling.UnfinishedTotalsField";

    get totals() {
        return this.page.totals?.rows ? this.page.totals : null;
    }
}

/** What else the buyer has bought or left, and where they live. */
export class UnfinishedBuyerField extends PagePart {
    static template = "website_sale_order_handling.UnfinishedBuyerField";

    setup() {
        this.action = useService("action");
    }

    get buyer() {
        return this.page.buyer;
    }

    open({model, ids, name}) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            domain: [["id", "in", ids]],
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }
}

/** Everything that happened, the last one first; notes are written above. */
export class UnfinishedTimelineField extends PagePart {
    static template = "website_sale_order_handling.UnfinishedTimelineField";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({text: "", isSaving: false});
    }

    /** Return the events day by day. */
    get days() {
        const days = [];
        for (const event of this.page.timeline || []) {
            const at = deserializeDateTime(event.at);
            const day = formatDate(at);
            if (days.at(-1)?.day !== day) {
                days.push({day, events: []});
            }
            days.at(-1).events.push({
                ...event,
                time: at.toLocaleString(luxon.DateTime.TIME_SIMPLE),
                exact: formatDateTime(at),
            });
        }
        return days;
    }

    get placeholder() {
        return _t("Write a note, for example what came of a call");
    }

    async save() {
        const text = this.state.text.trim();
        if (!text || this.state.isSaving) {
            return;
        }
        this.state.isSaving = true;
        try {
            const {resModel, resId} = this.props.record;
            await this.orm.call(resModel, "action_log_note", [[resId], text]);
            this.state.text = "";
            await this.props.record.load();
        } finally {
            this.state.isSaving = false;
        }
    }

    open({model, id}) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
            target: "new",
        });
    }
}

const fields = registry.category("fields");
for (const [name, component, displayName] of [
    ["unfinished_progress", UnfinishedProgressField, _t("Progress of a Buyer")],
    ["unfinished_totals", UnfinishedTotalsField, _t("Totals of a Cart")],
    ["unfinished_buyer", UnfinishedBuyerField, _t("Facts About a Buyer")],
    ["unfinished_timeline", UnfinishedTimelineField, _t("Timeline of an Unfinished Order")],
]) {
    fields.add(name, {component, displayName, supportedTypes: ["json"]});
}
