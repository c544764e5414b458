from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from ...orm.memory import asked_once
from ...tools import law, schedule
from ...tools.contact import region_of
from ...tools.law import Windows

# A customer's day is counted by the clock of a website, which may be half a day off.
DAYS_BACK = timedelta(days=2)


class RecoveryLaw(models.AbstractModel):
    """Which country a buyer is in, and what follows from that for messages to them.

    The one door to that, for whoever plans messages, looks at them again before they leave, says
    what will become of them, or puts them into words.
    """

    _name = "recovery.law"
    _description = "Laws About Messages"

    # === Which country ===#

    @api.model
    def _laws_of(self, channel):
        """Return the laws that hold for a channel, by the codes of countries."""
        return self.env["recovery.country.rule"]._laws(channel._message_kind())

    @api.model
    def _country(self, of_contact, phone, website):
        """Return the code of a buyer's country, as far as that is known.

        :param str of_contact: the code of the contact's country, if any
        :param str phone: their number in E.164 form, if any
        :param website website: of the cart, in sudo; asked last, for the company's country
        """
        return of_contact or region_of(phone) or website.company_id.country_id.code or ""

    @api.model
    def _country_of(self, unfinished):
        # sudo: a seller may have no right to see the contact or the website
        known = unfinished.sudo()
        return self._country(known.partner_id.country_id.code, known.phone, known.website_id)

    # === When ===#

    @api.model
    @asked_once(in_each_language=False)
    def _windows(self, channel):
        """Return when messages may leave through a channel, by the country of the buyer.

        :rtype: tools.law.Windows
        """
        own = channel._window()
        limiting = {c: one for c, one in self._laws_of(channel).items() if law.has_hours(one)}
        return Windows(own, {c: law.narrowed(own, one) for c, one in limiting.items()})

    @api.model
    def _window_for(self, windows, unfinished):
        """Return when a message about an unfinished order may leave."""
        if not windows.by_country:  # as with e-mail: then nobody asks for the country
            return windows.own
        return windows.by_country.get(self._country_of(unfinished), windows.own)

    # === Facts ===#

    @api.model
    def _note_times(self, rows, now, awake_since):
        """Note on rows of facts what their countries say, and when they may leave.

        In as many queries for five hundred as for one; none where no country says anything.

        :param list[dict] rows: with the code of the contact's country
        :param datetime now: the moment of the decision, UTC
        """
        channels = self.env["recovery.channel"].browse({row["channel_id"] for row in rows})
        laws = {channel.id: self._laws_of(channel) for channel in channels}
        windows = {channel.id: self._windows(channel) for channel in channels}
        held = {channel.id: channel._held(now) for channel in channels}
        openings = {}
        for row in rows:
            channel_id, tz = row["channel_id"], schedule.known_tz(row["tz"]) or "UTC"
            own, by_country = windows[channel_id]
            country = self._country_in(row) if laws[channel_id] else ""
            row["limit"] = laws[channel_id][country].limit if country in laws[channel_id] else 0
            row["tz"], row["window"] = tz, by_country.get(country, own)
            key = (channel_id, country if country in by_country else "", tz)
            if key not in openings:
                opening = schedule.opens_at(now, row["window"], tz)
                openings[key] = held[channel_id] or opening
            row["opens_at"], row["closed_because"] = openings[key]
        self._note_sent_lately([row for row in rows if row["limit"]], now)
        for row in rows:
            counted = (row["limit"], [at for _id, at in row["sent_lately"]]) if row["limit"] else ()
            times = (row["planned_at"], now, row["window"], row["tz"], awake_since)
            row["too_late"] = law.is_too_late(*times, *counted)

    @api.model
    def _country_in(self, row):
        if row["contact_country"]:
            return row["contact_country"]
        # sudo: as above
        website = self.env["website"].sudo().browse(row["website_id"])
        return self._country("", row["buyer_phone"], website)

    @api.model
    def _note_sent_lately(self, rows, now):
        """Note on rows with a limit what counts for it: what was sent to the same address."""
        found = self._sent_lately({row["address"] for row in rows} - {""}, now) if rows else {}
        channels = self.env["recovery.channel"].browse(row["channel_id"] for row in rows)
        for row, channel in zip(rows, channels, strict=True):
            sent = found.get((row["address"], channel._message_kind()), ())
            row["sent_lately"] = frozenset(one for one in sent if one[0] != row["message_id"])

    @api.model
    def _sent_lately(self, addresses, now):
        """Return what has left to these addresses within a day, or is leaving now.

        :rtype: dict[tuple[str, str], list[tuple[int, datetime]]]
        :return: the id of each message and when that was, by address and kind
        """
        # By the indexes of the customers' days.
        same = Domain("customer_key", "in", [f"e:{address}" for address in addresses])
        same |= Domain("phone", "in", list(addresses))
        left = Domain("state", "!=", "waiting")
        left &= Domain("local_day", ">=", (now - DAYS_BACK).date())
        # sudo: a law counts what every company and every colleague sends
        messages = self.env["recovery.message"].sudo()
        names = ["address", "channel_id", "sent_at"]
        found = defaultdict(list)
        for message in messages.search_fetch(same & left, names):
            kind = message.channel_id._message_kind()
            found[message.address, kind].append((message.id, message.sent_at or now))
        return found

    # === Words ===#

    @api.model
    def _begin_with_labels(self, messages, contents):
        """Let the words of messages begin as the laws of their buyers' countries ask for.

        :param dict contents: the fields of the envelope of each message
        """
        for channel, mine in messages.grouped("channel_id").items():
            labels = {code: one.label for code, one in self._laws_of(channel).items() if one.label}
            for message in mine if labels else ():  # without any, nobody asks for the country
                if label := labels.get(self._country_of(message.unfinished_id)):
                    words = contents[message]
                    begin = next((n for n in ("subject", "text") if words.get(n)), None)
                    if begin:  # a provider's template has been approved as it is
                        words[begin] = f"{label} {words[begin]}"
