import {Component} from "@odoo/owl";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const SHOWN_PRODUCTS = 2;
const BADGES = {
    info: "text-bg-info",
    success: "text-bg-success",
    primary: "text-bg-primary",
    muted: "text-bg-secondary",
};

/** The customer's name, and below it how they are reached and the number of the order. */
export class UnfinishedCustomerField extends Component {
    static template = "website_sale_order_handling.UnfinishedCustomerField";
    static props = {...standardFieldProps};

    get name() {
        return this.props.record.data[this.props.name] || "";
    }

    get number() {
        return this.props.record.data.name || "";
    }

    get address() {
        const {email, phone} = this.props.record.data;
        return [email, phone].find((address) => address && address !== this.name) || "";
    }
}

/** How an unfinished order stands: what was sent, what happens next and when, and why. */
export class UnfinishedStatusField extends Component {
    static template = "website_sale_order_handling.UnfinishedStatusField";
    static props = {...standardFieldProps};

    get status() {
        const status = this.props.record.data[this.props.name];
        return status?.dots ? status : null;
    }

    get badge() {
        return BADGES[this.status.tone];
    }

    relative(at) {
        return at ? deserializeDateTime(at).toRelative() : "";
    }

    exact(at) {
        return at ? formatDateTime(deserializeDateTime(at)) : "";
    }

    dotTitle(dot) {
        return `${dot.title} (${this.exact(dot.at)})`;
    }

    get nextReminder() {
        return _t("Next reminder %s", this.relative(this.status.next));
    }
}

/** The first products by name, and how many more there are. */
export class UnfinishedProductsField extends Component {
    static template = "website_sale_order_handling.UnfinishedProductsField";
    static props = {...standardFieldProps};

    get names() {
        const {records} = this.props.record.data[this.props.name];
        return records.map((record) => record.data.display_name);
    }

    get shown() {
        return this.names.slice(0, SHOWN_PRODUCTS).join(", ");
    }

    get more() {
        return Math.max(this.names.length - SHOWN_PRODUCTS, 0);
    }

    get all() {
        return this.names.join("\n");
    }
}

const fields = registry.category("fields");
fields.add("unfinished_customer", {
    component: UnfinishedCustomerField,
    displayName: _t("Customer of an Unfinished Order"),
    supportedTypes: ["char"],
    fieldDependencies: [
        {name: "name", type: "char"},
        {name: "email", type: "char"},
        {name: "phone", type: "char"},
    ],
    listViewWidth: [200],
});
fields.add("unfinished_status", {
    component: UnfinishedStatusField,
    displayName: _t("Status of an Unfinished Order"),
    supportedTypes: ["json"],
    listViewWidth: [220],
});
fields.add("unfinished_products", {
    component: UnfinishedProductsField,
    displayName: _t("Products, Shortened"),
    supportedTypes: ["many2many"],
    relatedFields: () => [{name: "display_name", type: "char"}],
    listViewWidth: [140],
});
