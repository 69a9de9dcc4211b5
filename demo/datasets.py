"""The register of the demo: every dataset with its source, people, level, standard, recipe and file.

A tuple's order is the order of work: a dataset stands after those it refers to (the two parts of a split
refer to each other). `references` name the dataset that answers each reference of the standard, by its newest
version: the cleaned one once there is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class SourceSpec:
    """Where data comes from. `folder` is relative to the data folder given to the demo."""

    name: str
    title: str
    title_zh: str
    kind: str
    folder: str
    licence: str
    schedule: str
    description: str
    description_zh: str


@dataclass(frozen=True)
class DatasetSpec:
    """One governed dataset. `known`: failing rows as delivered, by rule id of its standard."""

    name: str
    title: str
    title_zh: str
    source: str
    file: str
    domain: str
    level: int
    owner: str
    steward: str
    standard: str
    object_name: str
    recipe: str = ""
    references: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)

    @property
    def standard_path(self) -> Path:
        return HERE / "standards" / f"{self.standard}.odcs.yaml"

    @property
    def recipe_path(self) -> Path | None:
        return HERE / "recipes" / f"{self.recipe}.yaml" if self.recipe else None


@dataclass(frozen=True)
class StandardSpec:
    """A shipped standard: file stem, names, who answers for it."""

    name: str
    title: str
    title_zh: str
    owner: str

    @property
    def path(self) -> Path:
        return HERE / "standards" / f"{self.name}.odcs.yaml"


STANDARDS = (
    StandardSpec("completejourney", "Complete Journey retail tables", "全渠道零售数据（八表）", "tan.shuo"),
    StandardSpec("product_pairs", "Product pair relevance", "商品对相关性", "gao.lin"),
    StandardSpec("service_intents", "Customer-service intents", "客服意图", "zhao.qing"),
    StandardSpec("sample_company", "Sample company tables", "样例公司数据表", "gao.lin"),
)

EXAMPLES = (
    StandardSpec("olist", "Olist marketplace tables", "平台电商数据（六表）", "tan.shuo"),
    StandardSpec("online_shopping_reviews", "Chinese shop reviews", "中文网购评论", "gao.lin"),
)
"""Standards of data whose licence keeps it out of the demo; docs/real-data.md says what they find."""

SOURCES = (
    SourceSpec("complete-journey", "Complete Journey", "全渠道零售公开数据", "public", "completejourney",
               "CC0 (as the R package declares)", "once",
               "Loyalty-card data of one grocery retailer, 2017, published by 84.51.",
               "84.51 公开的一家超市 2017 年会员卡数据。"),
    SourceSpec("walmart-amazon", "Walmart and Amazon product pairs", "沃尔玛与亚马逊商品对", "public",
               "product_matching", "Apache-2.0 (repository); upstream terms to be confirmed", "once",
               "Research benchmark: pairs of product records of two shops, judged same or not.",
               "研究评测集：两家店铺的商品记录对，判定是否同一商品。"),
    SourceSpec("banking77", "Banking77", "Banking77 客服意图", "public", "banking77",
               "CC BY 4.0 (Casanueva et al. 2020, PolyAI)", "once",
               "Customer-service messages of a bank with 77 intents.", "某银行的客服留言，77 种意图。"),
    SourceSpec("sample-shop", "Sample shop", "样例商店", "files", "", "Invented, no rights to observe",
               "each time the demo runs",
               "Generated bilingual shop with planted, counted defects.",
               "生成的双语商店数据，内含计数的预设缺陷。"),
)  # fmt: skip


def _retail(
    name: str,
    title: str,
    title_zh: str,
    stem: str,
    level: int,
    domain: str,
    *,
    recipe: str = "",
    references: tuple[str, ...] = (),
    known: Mapping[str, int] | None = None,
) -> DatasetSpec:
    return DatasetSpec(
        name=name,
        title=title,
        title_zh=title_zh,
        source="complete-journey",
        file=f"{stem}.csv.gz",
        domain=domain,
        level=level,
        owner="tan.shuo",
        steward="xu.ting",
        standard="completejourney",
        object_name=stem,
        recipe=recipe,
        references={reference: _RETAIL_NAMES[reference] for reference in references},
        known=known or {},
    )


_RETAIL_NAMES = {
    "products": "retail-products",
    "demographics": "retail-demographics",
    "campaign_descriptions": "retail-campaigns",
    "campaigns": "retail-campaign-recipients",
    "coupons": "retail-coupons",
}

RETAIL = (
    _retail("retail-products", "Retail products", "零售商品", "products", 1, "catalog", recipe="products",
            known={"product_id.digits": 1, "product_category.present": 540, "product_type.present": 528,
                   "package_size.present": 30_586, "package_size.number_and_unit": 4_349}),
    _retail("retail-demographics", "Household survey", "家庭问卷", "demographics", 3, "users",
            known={"home_ownership.present": 233, "marital_status.present": 137}),
    _retail("retail-campaigns", "Campaigns", "营销活动", "campaign_descriptions", 1, "marketing"),
    _retail("retail-campaign-recipients", "Campaign recipients", "活动受众", "campaigns", 2, "marketing",
            references=("campaign_descriptions", "demographics"), known={"household_id.foreign_key": 2_754}),
    _retail("retail-coupons", "Coupons", "优惠券", "coupons", 1, "marketing", recipe="coupons",
            references=("products", "campaign_descriptions"),
            known={"product_id.foreign_key": 16, "product_id.digits": 2, "table.exact_duplicates": 6_495}),
    _retail("retail-coupon-redemptions", "Coupon redemptions", "优惠券兑换", "coupon_redemptions", 2,
            "marketing",
            references=("coupons", "campaigns", "campaign_descriptions", "demographics"),
            known={"household_id.foreign_key": 433}),
    _retail("retail-promotions", "Promotions in two stores", "两家门店的促销", "promotions_sample", 1,
            "marketing", recipe="promotions", references=("products",)),
    _retail("retail-transactions", "Retail transactions", "零售交易", "transactions_sample", 2, "retail",
            recipe="transactions", references=("products", "demographics"),
            known={"product_id.foreign_key": 222, "household_id.foreign_key": 32_801,
                   "basket_id.digits": 1, "quantity.positive": 416, "quantity.above_1000": 692,
                   "sales_value.not_zero": 528,
                   "transaction_timestamp.within_2017": 23, "table.match_within_coupon": 1,
                   "table.free_goods_have_a_discount": 9}),
)  # fmt: skip

# Surplus copies of coupons, as their origin counts them: 6,495 rows involved = 4,872 surplus + 1,623 kept.
COUPON_SURPLUS = 4_872


def _pairs(
    name: str,
    title: str,
    title_zh: str,
    counterpart: str,
    *,
    file: str = "",
    known: Mapping[str, int] | None = None,
) -> DatasetSpec:
    return DatasetSpec(
        name=name,
        title=title,
        title_zh=title_zh,
        source="walmart-amazon",
        file=file,
        domain="search",
        level=1,
        owner="gao.lin",
        steward="emma.clarke",
        standard="product_pairs",
        object_name="product_pairs",
        recipe="product_pairs",
        references={"counterpart": counterpart},
        known=known or {},
    )


PAIRS = (
    _pairs("product-pairs-published-train", "Product pairs, published training part",
           "商品对，公开训练部分",
           "product-pairs-published-test", file="walmart_amazon_train.csv.gz",
           known={"left_title.shared_record": 4_673, "right_title.shared_record": 2_271,
                  "left_price.known": 54,
                  "right_modelno.present": 2_054, "right_price.present": 1_120,
                  "table.repeated_pair": 4, "table.titles_conflict": 4}),
    _pairs("product-pairs-published-valid", "Product pairs, published validation part",
           "商品对，公开验证部分",
           "product-pairs-published-test", file="walmart_amazon_valid.csv.gz"),
    _pairs("product-pairs-published-test", "Product pairs, published test part", "商品对，公开测试部分",
           "product-pairs-published-train", file="walmart_amazon_test.csv.gz",
           known={"left_title.shared_record": 1_868, "right_title.shared_record": 1_179}),
)  # fmt: skip

# Where the record-disjoint split goes; the parts have no file of their own but come from the three above.
# Two pairs belong together when they name the same record on either side.
SPLIT_BY = ("left_title", "right_title")
SPLIT_PAIRS = {
    "train": _pairs("product-pairs-train", "Product pairs, training part, no shared records",
                    "商品对，训练部分（记录不共用）", "product-pairs-test"),
    "valid": _pairs("product-pairs-valid", "Product pairs, validation part, no shared records",
                    "商品对，验证部分（记录不共用）", "product-pairs-test"),
    "test": _pairs("product-pairs-test", "Product pairs, test part, no shared records",
                   "商品对，测试部分（记录不共用）", "product-pairs-train"),
}  # fmt: skip


def _intents(
    part: str, title: str, title_zh: str, counterpart: str, recipe: str, known: Mapping[str, int]
) -> DatasetSpec:
    return DatasetSpec(
        name=f"service-intents-{part}",
        title=title,
        title_zh=title_zh,
        source="banking77",
        file=f"{part}.csv.gz",
        domain="service",
        level=2,
        owner="zhao.qing",
        steward="he.jun",
        standard="service_intents",
        object_name="service_intents",
        recipe=recipe,
        references={"counterpart": f"service-intents-{counterpart}"},
        known=known,
    )


# An examination keeps all its rows, so that figures compare with other people's: a recipe of its own.
INTENTS = (
    _intents("train", "Service intents, training part", "客服意图，训练部分", "test", "service_intents",
             {"text.leak": 6, "text.leak_any_space": 7, "text.outer_space": 9, "text.line_break": 10,
              "text.repeated": 8}),
    _intents("test", "Service intents, test part", "客服意图，测试部分", "train",
             "service_intents_test",
             {"text.leak": 6, "text.leak_any_space": 7, "text.outer_space": 3, "text.line_break": 3}),
)  # fmt: skip


def _sample(
    stem: str, title: str, title_zh: str, level: int, domain: str, steward: str, **references: str
) -> DatasetSpec:
    shared = stem.removesuffix("_train").removesuffix("_test")
    return DatasetSpec(
        name=f"sample-{stem.replace('_', '-')}",
        title=title,
        title_zh=title_zh,
        source="sample-shop",
        file=f"{stem}.csv",
        domain=domain,
        level=level,
        owner="zhao.qing" if domain == "service" else "gao.lin",
        steward=steward,
        standard="sample_company",
        object_name=shared,
        recipe=f"sample_{shared}",
        references={name: f"sample-{target.replace('_', '-')}" for name, target in references.items()},
    )


SAMPLE = (
    _sample("users", "Sample users", "样例用户", 4, "users", "xu.ting"),
    _sample("items", "Sample items", "样例商品", 1, "catalog", "xu.ting"),
    _sample("queries", "Sample queries", "样例查询", 2, "search", "xu.ting"),
    _sample("exposures", "Sample exposures", "样例曝光", 2, "recommendation", "xu.ting",
            users="users", queries="queries", items="items"),
    _sample("clicks", "Sample clicks", "样例点击", 2, "recommendation", "xu.ting", exposures="exposures"),
    _sample("relevance_labels_train", "Sample relevance labels, training part", "样例相关性标签，训练部分", 2,
            "search", "emma.clarke", queries="queries", items="items", counterpart="relevance_labels_test"),
    _sample("relevance_labels_test", "Sample relevance labels, test part", "样例相关性标签，测试部分", 2,
            "search", "emma.clarke", queries="queries", items="items", counterpart="relevance_labels_train"),
    _sample("service_messages_train", "Sample service messages, training part", "样例客服留言，训练部分", 3,
            "service", "he.jun", users="users", counterpart="service_messages_test"),
    _sample("service_messages_test", "Sample service messages, test part", "样例客服留言，测试部分", 3,
            "service", "he.jun", users="users", counterpart="service_messages_train"),
)  # fmt: skip

REAL = (*RETAIL, *PAIRS, *INTENTS)
