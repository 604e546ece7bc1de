package credential

import (
	"strings"
	"unicode/utf8"

	"duban/workflow/plan"
)

// places are the provinces of China, their capitals and other large cities, as people
// type them: the name of the place and the year is the first guess at any office's
// password.
var places = []string{
	"beijing", "tianjin", "shanghai", "chongqing", "hebei", "shanxi", "liaoning", "jilin", "heilongjiang", "jiangsu", "zhejiang", "anhui",
	"fujian", "jiangxi", "shandong", "henan", "hubei", "hunan", "guangdong", "guangxi", "hainan", "sichuan", "guizhou", "yunnan", "xizang",
	"shaanxi", "gansu", "qinghai", "ningxia", "xinjiang", "neimenggu", "xianggang", "hongkong", "aomen", "macau", "taiwan",
	"shijiazhuang", "taiyuan", "shenyang", "changchun", "haerbin", "nanjing", "hangzhou", "hefei", "fuzhou", "nanchang", "jinan", "zhengzhou",
	"wuhan", "changsha", "guangzhou", "nanning", "haikou", "chengdu", "guiyang", "kunming", "lhasa", "lasa", "xian", "lanzhou", "xining",
	"yinchuan", "urumqi", "wulumuqi", "huhehaote", "taibei", "shenzhen", "ningbo", "wenzhou", "shaoxing", "huzhou", "jiaxing", "jinhua",
	"quzhou", "zhoushan", "taizhou", "lishui", "suzhou", "wuxi", "qingdao", "dalian", "xiamen", "zhuhai", "dongguan", "foshan",
	"北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南",
	"广东", "广西", "海南", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆", "内蒙古", "香港", "澳门", "台湾",
	"杭州", "宁波", "温州", "南京", "武汉", "广州", "深圳", "成都", "西安", "郑州", "济南", "合肥", "福州", "长沙", "南昌", "沈阳", "长春",
}

// bureaus are what departments are called by, as people type them.
var bureaus = []string{
	"keji", "caizheng", "shuiwu", "gongshang", "shangwu", "fagai", "sifa", "renshe", "renli", "renhang", "yinhang", "yinbao", "zhengjian",
	"wenlv", "wenhua", "jingxin", "shichang", "jianguan", "ziran", "ziyuan", "jinrong", "shengting", "xiaowei", "qiye", "chengzhang",
	"sannian", "jihua", "xiangmu", "kaohe", "tongbao", "taizhang", "shujuju", "zhengwu", "xinxi",
}

// HouseWords are a plan's own words, lower case, that no password should lean on: its
// names, and those of its office and units.
func HouseWords(p *plan.Plan) []string {
	var words []string
	add := func(all ...string) {
		for _, w := range all {
			if w = strings.ToLower(w); utf8.RuneCountInString(w) >= 3 || len(w) > utf8.RuneCountInString(w) && utf8.RuneCountInString(w) == 2 {
				words = append(words, w)
			}
		}
	}
	add(p.ID, p.Title, p.ShortTitle, p.Issuer, p.Office.Name, p.Office.ShortName, p.Office.LeadingGroup)
	for _, d := range p.Departments {
		add(d.ID, d.Name, strings.TrimPrefix(d.Name, "省"), strings.TrimPrefix(d.Name, "市"))
		add(d.Aliases...)
	}
	return words
}
