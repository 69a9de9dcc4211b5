"""Words of the invented shop.

Series and attribute names are made up, so that no pretrained model can know them: that "Velora" is a line of
headphones and that "Sileno" means noise cancelling is learnt from the relevance labels or not at all.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProductType:
    """One kind of product: words a shopper uses for it, and the made-up series it is sold under."""

    code: str
    group: str
    names_en: tuple[str, ...]
    name_zh: str
    series: tuple[str, ...]
    price: tuple[int, int]


@dataclass(frozen=True)
class Attribute:
    """A property a shopper asks for in plain words and a title states by a made-up name."""

    words_en: tuple[str, ...]
    word_zh: str
    mark: str


GROUPS = {
    "audio": "影音",
    "kitchen": "厨房",
    "outdoor": "户外",
    "office": "办公",
    "home": "家居",
    "baby": "母婴",
}

_TYPES = """
audio|headphones,headset,over-ear headphones|头戴耳机|Velora,Ostrin,Kadenza|199-1899
audio|earbuds,in-ear headphones,true wireless earphones|入耳耳机|Pimlet,Dorvi,Sontaro|99-1299
audio|bluetooth speaker,portable speaker,wireless speaker|便携音箱|Brumaro,Tolvex,Quandel|89-999
audio|soundbar,tv speaker,home cinema bar|回音壁|Larvik,Moltaro,Estuvo|399-2999
kitchen|air fryer,oil-free fryer,hot air fryer|空气炸锅|Crisanto,Fjelda,Ruvento|199-899
kitchen|rice cooker,electric rice pot,rice steamer|电饭煲|Hanamo,Zunido,Mirelka|149-1299
kitchen|coffee machine,espresso maker,coffee brewer|咖啡机|Tarvino,Colmera,Bresko|299-3999
kitchen|kettle,electric kettle,water boiler|电热水壶|Vaporin,Eskalo,Jundra|59-499
outdoor|tent,camping tent,two-person tent|帐篷|Norvane,Skaldo,Umbrisa|199-1999
outdoor|sleeping bag,camping quilt,mummy bag|睡袋|Dormeva,Polvik,Wintara|99-1299
outdoor|hiking boots,trekking shoes,mountain boots|登山鞋|Grivola,Tramontel,Ruskaro|199-1499
outdoor|backpack,rucksack,daypack|双肩包|Portela,Hulvane,Cargano|79-999
office|office chair,desk chair,swivel chair|办公椅|Sedano,Ergovia,Lumbrix|299-2999
office|standing desk,height-adjustable desk,sit-stand desk|升降桌|Altivo,Mesandra,Ravoly|899-3999
office|monitor,computer screen,display|显示器|Visandro,Pixarel,Clarvox|599-4999
office|keyboard,mechanical keyboard,typing board|键盘|Takaro,Clevik,Tastano|99-1299
home|vacuum cleaner,hoover,stick vacuum|吸尘器|Aspirel,Dustano,Cyvora|299-2999
home|air purifier,air cleaner,smoke filter|空气净化器|Purvela,Airondo,Breziak|299-2999
home|floor lamp,standing lamp,reading light|落地灯|Lumeska,Glintor,Fanalo|99-999
home|duvet,comforter,bed quilt|被子|Plumario,Nivetta,Cobrisa|129-1299
baby|stroller,pushchair,pram|婴儿车|Carrizo,Buggano,Rollinda|399-3999
baby|car seat,child safety seat,infant seat|安全座椅|Securna,Vigilor,Kindaro|499-2999
baby|nappies,diapers,baby pants|纸尿裤|Softiva,Drypello,Mollino|59-299
baby|baby bottle,feeding bottle,nursing bottle|奶瓶|Lactavo,Nutrelio,Sippara|29-199
"""

_ATTRIBUTES = """
noise cancelling,quiet,silent|静音|Sileno
waterproof,rain proof,for wet weather|防水|Navelo
lightweight,easy to carry,light|轻便|Plumex
foldable,space saving,collapsible|可折叠|Doblan
energy saving,eco friendly,low power|节能|Verdin
extra large,family size,big|大号|Grandor
for beginners,simple,easy to use|入门|Fasilo
professional,heavy duty,for experts|专业|Maestrel
"""


def _product_types() -> tuple[ProductType, ...]:
    found = []
    for line in _TYPES.strip().splitlines():
        group, names, zh, series, price = line.split("|")
        low, high = price.split("-")
        english = tuple(names.split(","))
        code = english[0].replace(" ", "_")
        found.append(ProductType(code, group, english, zh, tuple(series.split(",")), (int(low), int(high))))
    return tuple(found)


def _attributes() -> tuple[Attribute, ...]:
    lines = (line.split("|") for line in _ATTRIBUTES.strip().splitlines())
    return tuple(Attribute(tuple(words.split(",")), zh, mark) for words, zh, mark in lines)


PRODUCT_TYPES = _product_types()
ATTRIBUTES = _attributes()

BRANDS = {
    "Norrbrook": "北溪",
    "Hailan": "海蓝",
    "Alderway": "桤原",
    "Yunqi": "云栖",
    "Castellan": "卡斯兰",
    "Minghe": "明禾",
    "Fernhill": "蕨山",
    "Qingshan": "青杉",
}

COLOURS = {
    "midnight black": "午夜黑",
    "sand": "沙色",
    "pine green": "松绿",
    "cloud white": "云白",
    "brick red": "砖红",
    "slate": "岩灰",
}

CITIES = (
    "Shanghai", "Hangzhou", "Chengdu", "Shenzhen", "Wuhan", "Xi'an", "Qingdao", "Singapore", "London",
    "Berlin",
)  # fmt: skip
