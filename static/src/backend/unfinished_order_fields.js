import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {stateStyle} from "./state_colors";

const {DateTime} = luxon;
const SHOWN_PRODUCTS = 2;

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

    /** The state is not worth a badge where all is still open. */
    get badge() {
        const {data, fields} = this.props.record;
        const label = Object.fromEntries(fields.state.selection)[data.state];
        return data.state === "open" ? null : {label, style: stateStyle(data.state)};
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
        const {next} = this.status;
        // "0 seconds ago" is what came to nothing, and not what is about to leave.
        return deserializeDateTime(next) > DateTime.now()
            ? _t("Next reminder %s", this.relative(next))
            : _t("The next reminder leaves now");
    }
}

/** The same for one of many rows, which are shown before what it takes to know it is read. */
export class UnfinishedRowStatusField extends UnfinishedStatusField {
    setup() {
        this.statuses = useService("unfinished_order_status");
        this.state = useState({status: this.statuses.lastOf(this.props.record)});
        onWillStart(() => {
            this.load(this.props.record);
        });
        onWillUpdateProps(({record}) => {
            if (record !== this.props.record) {
                this.load(record);
            }
        });
    }

    async load(record) {
        const status = await this.statuses.read(record);
        if (record === this.props.record) {
            this.state.status = status;
        }
    }

    get status() {
        return this.state.status;
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
    fieldDependencies: [{name: "state", type: "selection"}],
});
fields.add("unfinished_row_status", {
    component: UnfinishedRowStatusField,
    displayName: _t("Status of an Unfinished Order, Read After the Rows"),
    supportedTypes: ["selection"],
    listViewWidth: [280],
});
fields.add("unfinished_products", {
    component: UnfinishedProductsField,
    displayName: _t("Products, Shortened"),
    supportedTypes: ["many2many"],
    relatedFields: () => [{name: "display_name", type: "char"}],
    listViewWidth: [140],
});
