"""Which medications and procedures are anticancer therapy, in the words of sites.

Another anticancer therapy ends what a scan says of the study drug, so its words belong to the protocol. A whole cell is
compared, upper and lower case, width and blanks aside; never a part of it. Source: clinical specification, sections
3.4 (step 5e) and 6.6, trap 21.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import model_validator

from milepost.protocol.base import Frozen, Problem, Text, refuse
from milepost.protocol.words import fold

_WHEN = ("", "SUBSEQUENT ", "FOLLOW-UP ", "FOLLOW UP ", "POST-STUDY ", "POST-TREATMENT ", "NEW ", "OTHER ", "FURTHER ",
         "CONCOMITANT ", "PRIOR ", "PREVIOUS ")  # fmt: skip
_ZH_WHEN = ("", "后续", "新", "新的", "其他", "其它", "既往", "合并")


def _of(times: tuple[str, ...], *words: str) -> tuple[str, ...]:
    """Each word alone and with what says when it was given."""
    return tuple(f"{time}{word}" for word in words for time in times)


SYSTEMIC_CATEGORIES = (
    *_of(
        _WHEN, "ANTICANCER THERAPY", "ANTI-CANCER THERAPY", "ANTI CANCER THERAPY", "ANTICANCER TREATMENT",
        "ANTI-CANCER TREATMENT", "ANTICANCER THERAPIES", "ANTI-CANCER THERAPIES", "ANTICANCER MEDICATION",
        "ANTI-CANCER MEDICATION", "ANTICANCER MEDICATIONS", "ANTI-CANCER MEDICATIONS", "SYSTEMIC ANTICANCER THERAPY",
        "SYSTEMIC ANTI-CANCER THERAPY", "SYSTEMIC ANTICANCER TREATMENT", "SYSTEMIC ANTI-CANCER TREATMENT",
        "SYSTEMIC THERAPY", "SYSTEMIC TREATMENT", "ANTINEOPLASTIC THERAPY", "ANTINEOPLASTIC TREATMENT", "CHEMOTHERAPY",
        "IMMUNOTHERAPY", "TARGETED THERAPY",
    ),
    "ANTICANCER", "ANTI-CANCER", "ANTICANCER DRUG", "ANTICANCER DRUGS", "ANTI-CANCER DRUG", "ANTI-CANCER DRUGS",
    "ANTICANCER AGENT", "ANTICANCER AGENTS", "ANTI-CANCER AGENTS", "SYSTEMIC", "SACT", "ANTINEOPLASTIC",
    "ANTINEOPLASTICS", "ANTINEOPLASTIC AGENT", "ANTINEOPLASTIC AGENTS", "ANTINEOPLASTIC DRUGS", "SYSTEMIC CHEMOTHERAPY",
    "CYTOTOXIC CHEMOTHERAPY", "SYSTEMIC IMMUNOTHERAPY", "IMMUNE CHECKPOINT INHIBITOR", "IMMUNE CHECKPOINT INHIBITORS",
    "MOLECULAR TARGETED THERAPY", "TARGETED AGENT", "TARGETED AGENTS", "TYROSINE KINASE INHIBITOR",
    "TYROSINE KINASE INHIBITORS", "SECOND-LINE THERAPY", "SECOND LINE THERAPY", "NEXT-LINE THERAPY",
    *_of(
        _ZH_WHEN, "抗肿瘤治疗", "抗癌治疗", "抗肿瘤药物", "抗肿瘤药物治疗", "全身治疗", "系统治疗", "全身抗肿瘤治疗",
        "系统抗肿瘤治疗", "系统性抗肿瘤治疗", "化疗", "免疫治疗", "靶向治疗",
    ),
    "抗肿瘤药", "抗癌药", "抗癌药物", "化学治疗", "全身化疗", "靶向药物", "分子靶向治疗", "免疫检查点抑制剂",
    "二线治疗",
)  # fmt: skip
LOCOREGIONAL_CATEGORIES = (
    *_of(
        _WHEN, "LOCOREGIONAL THERAPY", "LOCO-REGIONAL THERAPY", "LOCOREGIONAL TREATMENT", "LOCAL THERAPY",
        "LOCAL TREATMENT", "LOCAL ANTICANCER THERAPY", "LOCAL ANTI-CANCER THERAPY", "RADIOTHERAPY", "RADIATION THERAPY",
        "ANTICANCER RADIOTHERAPY", "ANTI-CANCER RADIOTHERAPY", "ANTICANCER SURGERY", "ANTI-CANCER SURGERY",
        "CANCER SURGERY", "ANTICANCER PROCEDURE", "ANTI-CANCER PROCEDURE", "ANTICANCER PROCEDURES",
        "ANTI-CANCER PROCEDURES", "INTERVENTIONAL THERAPY",
    ),
    "LOCOREGIONAL", "RADIATION", "ABLATION", "EMBOLIZATION", "EMBOLISATION", "TRANSARTERIAL THERAPY",
    "TUMOR SURGERY", "TUMOUR SURGERY", "TUMOR RESECTION", "TUMOUR RESECTION", "LIVER-DIRECTED THERAPY",
    "LIVER DIRECTED THERAPY",
    *_of(
        _ZH_WHEN, "局部治疗", "局部区域治疗", "介入治疗", "放疗", "放射治疗", "消融治疗", "肿瘤手术", "抗肿瘤手术",
    ),
)  # fmt: skip
DRUGS = (
    "ANLOTINIB", "ANLOTINIB HYDROCHLORIDE", "SORAFENIB", "SORAFENIB TOSYLATE", "NEXAVAR", "LENVATINIB",
    "LENVATINIB MESYLATE", "LENVATINIB MESILATE", "LENVIMA", "REGORAFENIB", "REGORAFENIB MONOHYDRATE", "STIVARGA",
    "CABOZANTINIB", "CABOZANTINIB S-MALATE", "CABOMETYX", "DONAFENIB", "DONAFENIB TOSYLATE", "APATINIB",
    "APATINIB MESYLATE", "RIVOCERANIB", "SUNITINIB", "AXITINIB", "PAZOPANIB", "ERLOTINIB", "FRUQUINTINIB",
    "SURUFATINIB", "RAMUCIRUMAB", "CYRAMZA", "BEVACIZUMAB", "AVASTIN", "ATEZOLIZUMAB", "TECENTRIQ",
    "ATEZOLIZUMAB + BEVACIZUMAB", "ATEZOLIZUMAB AND BEVACIZUMAB", "ATEZOLIZUMAB/BEVACIZUMAB", "SINTILIMAB",
    "SINTILIMAB + BEVACIZUMAB", "CAMRELIZUMAB", "CAMRELIZUMAB + APATINIB", "TISLELIZUMAB", "TORIPALIMAB", "PENPULIMAB",
    "SERPLULIMAB", "ZIMBERELIMAB", "CADONILIMAB", "IVONESCIMAB", "PEMBROLIZUMAB", "KEYTRUDA", "NIVOLUMAB", "OPDIVO",
    "IPILIMUMAB", "YERVOY", "NIVOLUMAB + IPILIMUMAB", "DURVALUMAB", "IMFINZI", "TREMELIMUMAB",
    "DURVALUMAB + TREMELIMUMAB", "STRIDE", "FOLFOX", "FOLFOX4", "FOLFOX6", "FOLFOX-4", "FOLFOX-6", "MFOLFOX6",
    "MFOLFOX7", "FOLFIRI", "XELOX", "CAPOX", "GEMOX", "SOX", "OXALIPLATIN", "CISPLATIN", "CARBOPLATIN", "LOBAPLATIN",
    "DOXORUBICIN", "DOXORUBICIN HYDROCHLORIDE", "EPIRUBICIN", "PIRARUBICIN", "FLUOROURACIL", "5-FLUOROURACIL", "5-FU",
    "5FU", "CAPECITABINE", "XELODA", "TEGAFUR", "TEGAFUR, GIMERACIL AND OTERACIL", "S-1", "GEMCITABINE", "IRINOTECAN",
    "RALTITREXED", "PACLITAXEL", "DOCETAXEL", "MITOMYCIN", "MITOMYCIN C", "MITOXANTRONE", "ARSENIC TRIOXIDE",
    "ICARITIN",
    "安罗替尼", "盐酸安罗替尼", "盐酸安罗替尼胶囊", "索拉非尼", "甲苯磺酸索拉非尼", "甲苯磺酸索拉非尼片",
    "仑伐替尼", "乐伐替尼", "甲磺酸仑伐替尼", "甲磺酸仑伐替尼胶囊", "瑞戈非尼", "瑞戈非尼片", "卡博替尼",
    "多纳非尼", "甲苯磺酸多纳非尼", "甲苯磺酸多纳非尼片", "阿帕替尼", "甲磺酸阿帕替尼", "甲磺酸阿帕替尼片",
    "舒尼替尼", "阿昔替尼", "呋喹替尼", "索凡替尼", "雷莫西尤单抗", "雷莫芦单抗", "贝伐珠单抗", "贝伐珠单抗注射液",
    "阿替利珠单抗", "阿替利珠单抗注射液", "信迪利单抗", "信迪利单抗注射液", "卡瑞利珠单抗", "注射用卡瑞利珠单抗",
    "替雷利珠单抗", "替雷利珠单抗注射液", "特瑞普利单抗", "派安普利单抗", "斯鲁利单抗", "赛帕利单抗",
    "卡度尼利单抗", "依沃西单抗", "帕博利珠单抗", "纳武利尤单抗", "伊匹木单抗", "度伐利尤单抗", "替西木单抗",
    "曲美木单抗", "奥沙利铂", "注射用奥沙利铂", "顺铂", "卡铂", "洛铂", "多柔比星", "表柔比星", "吡柔比星",
    "氟尿嘧啶", "5-氟尿嘧啶", "卡培他滨", "替吉奥", "替吉奥胶囊", "吉西他滨", "伊立替康", "雷替曲塞", "紫杉醇",
    "多西他赛", "丝裂霉素", "亚砷酸", "三氧化二砷", "阿可拉定", "淫羊藿素",
)  # fmt: skip
PROCEDURES = (
    "TACE", "CTACE", "C-TACE", "CONVENTIONAL TACE", "DEB-TACE", "DEB TACE", "DEBTACE", "D-TACE", "DTACE", "B-TACE",
    "REPEAT TACE", "TAE", "TAI", "TACI", "TARE", "Y90", "Y-90", "Y-90 RADIOEMBOLIZATION", "SIRT", "HAIC",
    "FOLFOX-HAIC", "HAIC-FOLFOX", "FOLFOX HAIC", "TACE+HAIC", "TACE + HAIC", "TACE-HAIC", "TACE/HAIC", "HAIC+TACE",
    "HAIC + TACE", "TACE+RFA", "TACE + RFA", "TACE+MWA", "TACE + MWA", "TACE+RT", "TACE + RT",
    *(
        f"{artery} {how}{end}"
        for artery in (
            "TRANSARTERIAL", "TRANS-ARTERIAL", "TRANSCATHETER ARTERIAL", "HEPATIC ARTERY", "HEPATIC ARTERIAL",
        )
        for how in ("CHEMOEMBOLI", "CHEMO-EMBOLI", "EMBOLI", "RADIOEMBOLI")
        for end in ("ZATION", "SATION")
    ),
    "CHEMOEMBOLIZATION", "CHEMOEMBOLISATION", "EMBOLIZATION", "EMBOLISATION", "RADIOEMBOLIZATION", "RADIOEMBOLISATION",
    "TUMOR EMBOLIZATION", "TUMOUR EMBOLISATION", "SELECTIVE INTERNAL RADIATION THERAPY",
    "SELECTIVE INTERNAL RADIOTHERAPY", "TRANSARTERIAL INFUSION", "TRANSARTERIAL CHEMOTHERAPY",
    "HEPATIC ARTERIAL INFUSION CHEMOTHERAPY", "HEPATIC ARTERY INFUSION CHEMOTHERAPY", "HEPATIC ARTERIAL INFUSION",
    "HEPATIC ARTERY INFUSION", "RADIOTHERAPY", "RADIATION", "RADIATION THERAPY", "RT", "EBRT",
    "EXTERNAL BEAM RADIOTHERAPY", "EXTERNAL BEAM RADIATION THERAPY", "EXTERNAL BEAM RADIATION", "SBRT", "SABR",
    "STEREOTACTIC BODY RADIOTHERAPY", "STEREOTACTIC BODY RADIATION THERAPY", "STEREOTACTIC ABLATIVE RADIOTHERAPY",
    "STEREOTACTIC RADIOTHERAPY", "STEREOTACTIC RADIOSURGERY", "RADIOSURGERY", "GAMMA KNIFE", "CYBERKNIFE", "IMRT",
    "INTENSITY MODULATED RADIOTHERAPY", "INTENSITY-MODULATED RADIOTHERAPY", "PALLIATIVE RADIOTHERAPY",
    "PALLIATIVE RADIATION", "PALLIATIVE RADIATION THERAPY", "BONE RADIOTHERAPY", "BRAIN RADIOTHERAPY",
    "WHOLE BRAIN RADIOTHERAPY", "WBRT", "PROTON THERAPY", "PROTON BEAM THERAPY", "CARBON ION THERAPY",
    "CARBON ION RADIOTHERAPY", "BRACHYTHERAPY", "I-125 SEED IMPLANTATION", "I125 SEED IMPLANTATION",
    "IODINE-125 SEED IMPLANTATION", "125I SEED IMPLANTATION", "RADIOACTIVE SEED IMPLANTATION", "SEED IMPLANTATION",
    "ABLATION", "TUMOR ABLATION", "TUMOUR ABLATION", "LIVER ABLATION", "THERMAL ABLATION", "PERCUTANEOUS ABLATION",
    "RFA", "RADIOFREQUENCY ABLATION", "RADIO-FREQUENCY ABLATION", "RADIO FREQUENCY ABLATION",
    "PERCUTANEOUS RADIOFREQUENCY ABLATION", "MWA", "MICROWAVE ABLATION", "PERCUTANEOUS MICROWAVE ABLATION",
    "MICROWAVE COAGULATION THERAPY", "CRYOABLATION", "CRYOTHERAPY", "ARGON-HELIUM CRYOABLATION", "LASER ABLATION",
    "HIFU", "HIGH INTENSITY FOCUSED ULTRASOUND", "HIGH-INTENSITY FOCUSED ULTRASOUND", "IRREVERSIBLE ELECTROPORATION",
    "IRE", "NANOKNIFE", "PEI", "PERCUTANEOUS ETHANOL INJECTION", "ETHANOL INJECTION", "RESECTION", "LIVER RESECTION",
    "HEPATIC RESECTION", "TUMOR RESECTION", "TUMOUR RESECTION", "HEPATECTOMY", "PARTIAL HEPATECTOMY", "LOBECTOMY",
    "HEPATIC LOBECTOMY", "SEGMENTECTOMY", "HEPATIC SEGMENTECTOMY", "METASTASECTOMY", "PULMONARY METASTASECTOMY",
    "THROMBECTOMY OF PORTAL VEIN TUMOR THROMBUS", "TRANSPLANT", "TRANSPLANTATION", "LIVER TRANSPLANT",
    "LIVER TRANSPLANTATION", "HEPATIC TRANSPLANTATION", "ORTHOTOPIC LIVER TRANSPLANTATION",
    "肝动脉化疗栓塞", "肝动脉化疗栓塞术", "经肝动脉化疗栓塞", "经肝动脉化疗栓塞术", "经动脉化疗栓塞",
    "经动脉化疗栓塞术", "经导管动脉化疗栓塞", "经导管动脉化疗栓塞术", "经导管肝动脉化疗栓塞术", "载药微球栓塞",
    "载药微球化疗栓塞", "肝动脉栓塞", "肝动脉栓塞术", "肝动脉灌注化疗", "肝动脉灌注化疗术", "肝动脉持续灌注化疗",
    "介入治疗", "介入栓塞", "放射性栓塞", "钇90", "钇-90", "钇90微球", "选择性内放射治疗", "放疗", "放射治疗",
    "外放疗", "外照射", "姑息放疗", "姑息性放疗", "骨转移放疗", "全脑放疗", "立体定向放疗", "立体定向体部放疗",
    "调强放疗", "伽玛刀", "射波刀", "质子治疗", "碘125粒子植入", "碘-125粒子植入", "I-125粒子植入", "125I粒子植入",
    "粒子植入", "消融", "消融治疗", "消融术", "射频消融", "射频消融术", "微波消融", "微波消融术", "冷冻消融",
    "冷冻消融术", "氩氦刀", "激光消融", "高强度聚焦超声", "海扶刀", "无水酒精注射", "无水乙醇注射", "肝切除",
    "肝切除术", "肝部分切除术", "肝叶切除术", "肝段切除术", "肝癌切除术", "肿瘤切除术", "转移瘤切除术", "肝移植",
    "肝移植术",
)  # fmt: skip
OTHER_CATEGORIES = (
    "ANTIVIRAL", "ANTIVIRALS", "ANTI-VIRAL", "ANTIVIRAL THERAPY", "ANTIVIRAL TREATMENT", "ANTIVIRAL AGENTS",
    "HBV ANTIVIRAL", "HEPATITIS B THERAPY", "ANALGESIC", "ANALGESICS", "ANALGESIA", "OPIOID", "OPIOIDS", "NSAID",
    "NSAIDS", "ANTIBIOTIC", "ANTIBIOTICS", "ANTIBACTERIAL", "ANTIFUNGAL", "ANTI-INFECTIVE", "ANTIINFECTIVE",
    "ANTIINFECTIVES FOR SYSTEMIC USE", "ANTIEMETIC", "ANTIEMETICS", "ANTI-EMETIC", "ANTIHYPERTENSIVE",
    "ANTIHYPERTENSIVES", "ANTI-HYPERTENSIVE", "DIURETIC", "DIURETICS", "ANTICOAGULANT", "ANTICOAGULANTS",
    "ANTICOAGULATION", "ANTIPLATELET", "ANTIDIABETIC", "ANTIDIABETICS", "INSULIN", "ANTIDIARRHEAL", "ANTIDIARRHOEAL",
    "LAXATIVE", "LAXATIVES", "ANTACID", "PROTON PUMP INHIBITOR", "PROTON PUMP INHIBITORS", "GASTROPROTECTION",
    "HEPATOPROTECTIVE", "HEPATOPROTECTANT", "LIVER PROTECTION", "CORTICOSTEROID", "CORTICOSTEROIDS", "STEROID",
    "STEROIDS", "SEDATIVE", "SEDATIVES", "ANTIDEPRESSANT", "ANTIHISTAMINE", "ANTIHISTAMINES", "THYROID REPLACEMENT",
    "HORMONE REPLACEMENT", "VITAMIN", "VITAMINS", "SUPPLEMENT", "SUPPLEMENTS", "NUTRITION", "NUTRITIONAL SUPPORT",
    "ALBUMIN", "TRANSFUSION", "BLOOD PRODUCTS", "GROWTH FACTOR", "GROWTH FACTORS", "G-CSF", "BISPHOSPHONATE",
    "BISPHOSPHONATES", "BONE PROTECTION", "VACCINE", "VACCINES", "VACCINATION", "CONTRAST AGENT", "DERMATOLOGICAL",
    "DERMATOLOGICALS", "TOPICAL", "PREMEDICATION", "RESCUE MEDICATION", "SUPPORTIVE CARE", "SUPPORTIVE THERAPY",
    "SYMPTOMATIC THERAPY", "CONCOMITANT MEDICATION", "CONCOMITANT MEDICATIONS", "GENERAL CONCOMITANT MEDICATION",
    "GENERAL CONCOMITANT MEDICATIONS", "CONCOMITANT THERAPY", "PRIOR MEDICATION", "PRIOR MEDICATIONS",
    "PRIOR AND CONCOMITANT MEDICATION", "PRIOR AND CONCOMITANT MEDICATIONS", "TRADITIONAL CHINESE MEDICINE",
    "DIAGNOSTIC", "DIAGNOSTIC PROCEDURE", "DIAGNOSTIC PROCEDURES", "CONCOMITANT PROCEDURE", "CONCOMITANT PROCEDURES",
    "SUPPORTIVE PROCEDURE", "NON-ANTICANCER THERAPY", "NON-ANTICANCER", "NOT ANTICANCER",
    "抗病毒", "抗病毒治疗", "抗病毒药", "抗病毒药物", "镇痛", "镇痛药", "止痛", "止痛药", "抗生素", "抗感染",
    "抗感染治疗", "止吐", "止吐药", "降压", "降压药", "利尿", "利尿剂", "抗凝", "抗凝药", "降糖药", "止泻药",
    "抑酸药", "护胃", "保肝", "保肝药", "保肝治疗", "护肝", "护肝治疗", "激素", "糖皮质激素", "镇静药", "抗过敏",
    "甲状腺素替代", "维生素", "营养支持", "白蛋白", "输血", "升白药", "升白治疗", "双膦酸盐", "疫苗", "外用药",
    "预处理用药", "支持治疗", "对症治疗", "对症支持治疗", "合并用药", "伴随用药", "既往用药", "中药", "中成药",
    "诊断性操作", "检查", "合并操作", "非抗肿瘤治疗",
)  # fmt: skip
OTHER_PROCEDURES = (
    "PARACENTESIS", "ABDOMINAL PARACENTESIS", "ASCITES DRAINAGE", "THORACENTESIS", "PLEURAL DRAINAGE", "DRAINAGE",
    "BIOPSY", "LIVER BIOPSY", "TUMOR BIOPSY", "TUMOUR BIOPSY", "ENDOSCOPY", "GASTROSCOPY", "COLONOSCOPY",
    "UPPER ENDOSCOPY", "EGD", "VARICEAL LIGATION", "ENDOSCOPIC VARICEAL LIGATION", "EVL", "BAND LIGATION",
    "SCLEROTHERAPY", "TIPS", "ERCP", "BILIARY STENT", "BILIARY DRAINAGE", "PTCD", "PTBD", "STENT PLACEMENT",
    "PORT INSERTION", "PORT IMPLANTATION", "PICC", "CATHETERIZATION", "CATHETERISATION", "BLOOD TRANSFUSION",
    "TRANSFUSION", "PLATELET TRANSFUSION", "DIALYSIS", "HEMODIALYSIS", "HAEMODIALYSIS", "CT", "MRI", "PET-CT",
    "ULTRASOUND", "X-RAY", "BONE SCAN", "ECG", "ECHOCARDIOGRAPHY", "DENTAL EXTRACTION", "CATARACT SURGERY",
    "APPENDECTOMY", "CHOLECYSTECTOMY", "HERNIA REPAIR",
    "腹腔穿刺", "腹腔穿刺术", "腹水引流", "胸腔穿刺", "胸腔穿刺术", "胸腔引流", "穿刺活检", "肝穿刺活检", "活检",
    "胃镜", "胃镜检查", "肠镜", "内镜套扎", "食管静脉曲张套扎术", "硬化剂治疗", "经颈静脉肝内门体分流术",
    "胆道支架", "胆道引流", "PTCD引流", "输液港植入", "输液港植入术", "PICC置管", "输血", "血小板输注", "透析",
    "血液透析", "超声", "骨扫描", "心电图", "拔牙", "胆囊切除术", "阑尾切除术",
)  # fmt: skip


def _once(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


class AnticancerRules(Frozen):
    """The words of sites for anticancer therapy; a list that is given takes the place of the one here.

    systemic_categories, locoregional_categories: categories of medication and of procedures. drugs: medications that
    are anticancer whatever their category, beside the study's own drugs. procedures: what treats the tumour locally.
    other_categories, other_procedures: what is known to be none: nobody is asked about it.
    """

    systemic_categories: tuple[Text, ...] = _once(SYSTEMIC_CATEGORIES)
    locoregional_categories: tuple[Text, ...] = _once(LOCOREGIONAL_CATEGORIES)
    drugs: tuple[Text, ...] = _once(DRUGS)
    procedures: tuple[Text, ...] = _once(PROCEDURES)
    other_categories: tuple[Text, ...] = _once(OTHER_CATEGORIES)
    other_procedures: tuple[Text, ...] = _once(OTHER_PROCEDURES)

    @model_validator(mode="after")
    def _each_word_means_one_thing(self) -> AnticancerRules:
        refuse(self._doubtful())
        return self

    def _doubtful(self) -> Iterator[Problem]:
        for names in (
            ("systemic_categories", "locoregional_categories", "other_categories"),
            ("procedures", "other_procedures"),
            ("drugs", "other_procedures"),
        ):
            meant: dict[str, str] = {}
            for name in names:
                for word in getattr(self, name):
                    before = meant.setdefault(fold(word), name)
                    if before != name:
                        yield Problem((name,), word, f"a word that {before} does not hold")
