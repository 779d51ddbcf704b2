"""Codes of countries and regions: Halo keeps names, Quoter wants ISO codes (quoter.md 2.1)."""

from integrations.domain.text import fold

_COUNTRIES = {
    "australia": "AU",
    "austria": "AT",
    "belgium": "BE",
    "brazil": "BR",
    "canada": "CA",
    "denmark": "DK",
    "england": "GB",
    "finland": "FI",
    "france": "FR",
    "germany": "DE",
    "great britain": "GB",
    "india": "IN",
    "ireland": "IE",
    "israel": "IL",
    "italy": "IT",
    "japan": "JP",
    "luxembourg": "LU",
    "mexico": "MX",
    "netherlands": "NL",
    "new zealand": "NZ",
    "northern ireland": "GB",
    "norway": "NO",
    "poland": "PL",
    "portugal": "PT",
    "scotland": "GB",
    "singapore": "SG",
    "south africa": "ZA",
    "spain": "ES",
    "sweden": "SE",
    "switzerland": "CH",
    "the netherlands": "NL",
    "uk": "GB",
    "united arab emirates": "AE",
    "united kingdom": "GB",
    "united states": "US",
    "united states of america": "US",
    "usa": "US",
    "wales": "GB",
}
_US = (
    "AL Alabama;AK Alaska;AZ Arizona;AR Arkansas;CA California;CO Colorado;CT Connecticut;DE Delaware;"
    "DC District of Columbia;FL Florida;GA Georgia;HI Hawaii;ID Idaho;IL Illinois;IN Indiana;IA Iowa;KS Kansas;"
    "KY Kentucky;LA Louisiana;ME Maine;MD Maryland;MA Massachusetts;MI Michigan;MN Minnesota;MS Mississippi;"
    "MO Missouri;MT Montana;NE Nebraska;NV Nevada;NH New Hampshire;NJ New Jersey;NM New Mexico;NY New York;"
    "NC North Carolina;ND North Dakota;OH Ohio;OK Oklahoma;OR Oregon;PA Pennsylvania;RI Rhode Island;"
    "SC South Carolina;SD South Dakota;TN Tennessee;TX Texas;UT Utah;VT Vermont;VA Virginia;WA Washington;"
    "WV West Virginia;WI Wisconsin;WY Wyoming"
)
_CA = (
    "AB Alberta;BC British Columbia;MB Manitoba;NB New Brunswick;NL Newfoundland and Labrador;NS Nova Scotia;"
    "NT Northwest Territories;NU Nunavut;ON Ontario;PE Prince Edward Island;QC Quebec;QC Québec;SK Saskatchewan;"
    "YT Yukon"
)
_AU = (
    "ACT Australian Capital Territory;NSW New South Wales;NT Northern Territory;QLD Queensland;"
    "SA South Australia;TAS Tasmania;VIC Victoria;WA Western Australia"
)
_GB = "ENG England;NIR Northern Ireland;SCT Scotland;WLS Wales"


def _table(text: str) -> dict[str, str]:
    pairs = (entry.split(" ", 1) for entry in text.split(";"))
    return {fold(name): code for code, name in pairs}


_REGIONS = {"US": _table(_US), "CA": _table(_CA), "AU": _table(_AU), "GB": _table(_GB)}


def country_code(code: str, name: str) -> str:
    """Return the two-letter code; "" where neither code nor name gives one.

    Halo's code is a text whose content is each tenant's [U]: two letters are taken for the ISO code.
    """
    for text in (code.strip(), name.strip()):
        if len(text) == 2 and text.isascii() and text.isalpha():
            return "GB" if text.upper() == "UK" else text.upper()
        if fold(text) in _COUNTRIES:
            return _COUNTRIES[fold(text)]
    return ""


def region_code(name: str, country: str) -> str:
    """Return the region's code where it is known, else its name as it stands: Quoter judges it [U]."""
    return _REGIONS.get(country, {}).get(fold(name), name.strip())
